# Calls the tool "ask". $1 is the request's id, $2 what it has besides.
call() {
  curl -s {{endpoint}} \
    -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2026-07-28' \
    -H 'Mcp-Method: tools/call' \
    -H 'Mcp-Name: ask' \
    -d '{ "jsonrpc": "2.0", "id": '"$1"', "method": "tools/call",
      "params": {
        "name": "ask", "arguments": { "question": "Which colour?" },
        '"$2"'
        "_meta": {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities":
            { "elicitation": {} }
        }
      } }'
  echo
}

# 1. The answer to the call is a question
asked=$(call 1)
echo "$asked"

# 2. The same call, with the answer and with the state as it came
state=$(echo "$asked" | grep -o '"requestState":"[^"]*"')
call 2 '"inputResponses": { "answer":
          { "action": "accept", "content": { "answer": "green" } } },
        '"$state"','
