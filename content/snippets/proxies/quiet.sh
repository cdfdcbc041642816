# The address of your server, as clients reach it
url={{endpoint}}

# 1. Open a session and keep its id
session=$(curl -si "$url" \
  -H 'Accept: application/json, text/event-stream' \
  -H 'Content-Type: application/json' \
  -d '{ "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": { "protocolVersion": "2025-11-25", "capabilities": {},
                    "clientInfo": { "name": "curl", "version": "1" } } }' |
  tr -d '\r' | awk 'tolower($1) == "mcp-session-id:" { print $2 }')

# 2. Listen for 5 minutes, and see how far it gets
curl -sSN --max-time 300 "$url" \
  -H 'Accept: text/event-stream' -H "Mcp-Session-Id: $session" \
  -w '\nover after %{time_total} s\n' 2>&1
echo "curl's exit code: $?"
