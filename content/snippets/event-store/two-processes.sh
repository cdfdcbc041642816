# Two processes of server.ts, and one events.db
a=${1:-http://localhost:3001}
b=${2:-http://localhost:3002}

mcp() { # process, then what else curl should know
  curl -s "$1/mcp" -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2025-11-25' "${@:2}"
}

session=$(mcp "$a" -D - -d '{ "jsonrpc": "2.0", "id": 1,
    "method": "initialize", "params": {
      "protocolVersion": "2025-11-25", "capabilities": {},
      "clientInfo": { "name": "curl", "version": "1" } } }' |
  tr -d '\r' | awk 'tolower($1) == "mcp-session-id:" { print $2 }')

echo '--- A is called, and the connection breaks off'
call='{ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": { "name": "work" } }'
begun=$(mcp "$a" -H "Mcp-Session-Id: $session" -d "$call")
echo "$begun"
last=$(echo "$begun" | awk '/^id:/ { id = $2 } END { print id }')

# The call goes on in A, and its answer is stored.
until curl -s "$b/events/$session" | grep -q 'is done'; do sleep 0.1; done
echo; echo '--- what B reads in the store'
curl -s "$b/events/$session"

echo; echo '--- B is called'
mcp "$b" -w '\n%{http_code}\n' -H "Mcp-Session-Id: $session" -d "$call"
echo; echo "--- B is asked for what came after event $last"
mcp "$b" -w '\n%{http_code}\n' \
  -H "Mcp-Session-Id: $session" -H "Last-Event-ID: $last"
echo; echo "--- A is asked for what came after event $last"
mcp "$a" --max-time 2 \
  -H "Mcp-Session-Id: $session" -H "Last-Event-ID: $last"
true # curl was told to stop listening
