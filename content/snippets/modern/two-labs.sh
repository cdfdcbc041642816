# Sends a request. $1 method, $2 tool if it is a call, $3 more parameters
send() {
  curl -sN "$endpoint" \
    -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2026-07-28' \
    -H "Mcp-Method: $1" ${2:+-H "Mcp-Name: $2"} \
    -d '{ "jsonrpc": "2.0", "id": 1, "method": "'"$1"'", "params": { '"$3"'
        "_meta": {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities":
            { "elicitation": {} }
        }
      } }'
}
call() { send tools/call "$1" '"name": "'"$1"'", "arguments": {}, '"$2"; }
text() { grep -o -e '"text":"[^"]*"' -e '"message":"[^"]*"' | tail -1; }

# Four processes in a lab of your own: apart, and then with bus and key
for deployment in forked shared; do
  lab=$(curl -s {{origin}}/api/labs -H 'Content-Type: application/json' \
    -d '{ "deployment": "'"$deployment"'" }')
  field() { echo "$lab" | grep -o "\"$1\":\"[^\"]*\"" | cut -d'"' -f4; }
  endpoint=$(field endpoint)
  echo "--- $deployment"

  # Two streams, in two processes; then four changes, one in each
  streams=$(mktemp -d)
  for n in 1 2; do
    send subscriptions/listen '' \
      '"notifications": { "toolsListChanged": true },' > "$streams/$n" &
    until grep -qs acknowledged "$streams/$n"; do sleep 0.1; done
  done
  for change in 1 2 3 4; do call announce > "$streams/answer"; done
  sleep 1
  for n in 1 2; do
    echo "stream $n heard $(grep -c list_changed "$streams/$n") of 4"
  done

  # A question, and its answer to the next process; twice
  state=$(call ask | grep -o '"requestState":"[^"]*"')
  for time in 1 2; do
    call ask '"inputResponses": { "answer":
      { "action": "accept", "content": { "answer": "Ada" } } },
      '"$state"',' | text
  done

  kill $(jobs -p)
  curl -s -X DELETE "{{origin}}/api/labs/$(field id)" \
    -H "Authorization: Bearer $(field token)"
done
