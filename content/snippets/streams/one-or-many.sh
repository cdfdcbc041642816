# Calls "count". $1 goes into _meta: whether progress is wanted.
call() {
  curl -s -o /dev/null -w "$2: %{content_type}\n" {{endpoint}} \
    -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2026-07-28' \
    -H 'Mcp-Method: tools/call' \
    -H 'Mcp-Name: count' \
    -d '{ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
      "params": {
        "name": "count", "arguments": { "to": 3, "everyMs": 20 },
        "_meta": { '"$1"'
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {}
        }
      } }'
}

call '' 'nothing to say before the result'
call '"progressToken": "t",' 'progress to report'
