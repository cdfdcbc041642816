curl -sN {{endpoint}} \
  -H 'Accept: application/json, text/event-stream' \
  -H 'Content-Type: application/json' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -H 'Mcp-Session-Id: {{session}}' \
  -d '{
    "jsonrpc": "2.0", "id": 2, "method": "tools/call",
    "params": {
      "name": "hang_up",
      "arguments": { "afterEvents": 2 },
      "_meta": { "progressToken": "h" }
    }
  }'
