curl -iN {{endpoint}} \
  -H 'Accept: application/json, text/event-stream' \
  -H 'Content-Type: application/json' \
  -H 'MCP-Protocol-Version: 2026-07-28' \
  -H 'Mcp-Method: tools/call' \
  -H 'Mcp-Name: count' \
  -d '{
  "jsonrpc": "2.0", "id": 2,
  "method": "tools/call",
  "params": {
    "name": "count",
    "arguments": { "to": 3, "everyMs": 1000 },
    "_meta": {
      "progressToken": "p2",
      "io.modelcontextprotocol/protocolVersion":
        "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities":
        {},
      "io.modelcontextprotocol/clientInfo":
        { "name": "curl", "version": "1.0.0" }
    }
  }
}'
