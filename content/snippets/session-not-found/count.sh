# The address of your server
url={{endpoint}}

# 1. Open a session and keep its id
session=$(curl -si "$url" \
  -H 'Accept: application/json, text/event-stream' \
  -H 'Content-Type: application/json' \
  -d '{ "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": { "protocolVersion": "2025-06-18", "capabilities": {},
                    "clientInfo": { "name": "curl", "version": "1" } } }' |
  tr -d '\r' | awk 'tolower($1) == "mcp-session-id:" { print $2 }')
echo "session ${session:-none}"

# 2. Ask 20 times, each time on a new connection, and count the answers
for call in $(seq 20); do
  curl -s -o /dev/null -w '%{http_code}\n' "$url" \
    -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2025-06-18' \
    -H "Mcp-Session-Id: $session" \
    -d '{ "jsonrpc": "2.0", "id": 2, "method": "tools/list" }'
done | sort | uniq -c
