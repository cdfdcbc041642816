# Two processes of replaying-server.ts, and one events.db
a=${1:-http://localhost:3001}
b=${2:-http://localhost:3002}

mcp() { # process, then what else curl should know
  curl -s "$1/mcp" -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2025-11-25' "${@:2}"
}

session=$(mcp "$a" -D - -d '{ "jsonrpc": "2.0", "id": 1,
    "method": "initialize", "params": {
      "protocolVersion": "2025-11-25",
      "capabilities": { "elicitation": {} },
      "clientInfo": { "name": "curl", "version": "1" } } }' |
  tr -d '\r' | awk 'tolower($1) == "mcp-session-id:" { print $2 }')

echo '--- the session of A, used on B'
mcp "$b" -H "Mcp-Session-Id: $session" \
  -d '{ "jsonrpc": "2.0", "id": 2, "method": "ping" }' | grep result

echo; echo '--- A asks a question'
open=$(mktemp) # what arrives on the call's connection
mcp "$a" -N -H "Mcp-Session-Id: $session" -d '{ "jsonrpc": "2.0", "id": 3,
    "method": "tools/call", "params": { "name": "ask" } }' > "$open" &
asked=$!
until grep 'elicitation/create' "$open"; do sleep 0.1; done

echo; echo '--- B is asked to go on with this stream'
last=$(awk '/^id:/ { print $2; exit }' "$open") # its first event
resumed=$(mktemp)
curl -sN "$b/mcp" -H 'Accept: text/event-stream' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -H "Mcp-Session-Id: $session" -H "Last-Event-ID: $last" > "$resumed" &
resuming=$!
until grep 'elicitation/create' "$resumed"; do sleep 0.1; done

answer='{ "jsonrpc": "2.0", "id": 0, "result": {
  "action": "accept", "content": { "colour": "green" } } }'
echo; echo '--- the answer reaches B'
mcp "$b" -w '%{http_code}\n' -H "Mcp-Session-Id: $session" -d "$answer"
echo; echo '--- results at A, a second later'
sleep 1; grep -c 'You said' "$open"

echo; echo '--- the answer reaches A'
mcp "$a" -w '%{http_code}\n' -H "Mcp-Session-Id: $session" -d "$answer"
wait $asked # the call ends
grep 'You said' "$open"
echo; echo '--- results on the stream that B went on with'
sleep 1; grep -c 'You said' "$resumed"
kill $resuming; rm "$open" "$resumed"
