# 1. A tool announces a change, and nobody listens
curl -sN {{endpoint}} \
  -H 'Accept: application/json, text/event-stream' \
  -H 'Content-Type: application/json' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -H 'Mcp-Session-Id: {{session}}' \
  -d '{ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": { "name": "announce", "arguments": {} } }'

# 2. The standalone stream is opened afterwards, for one second
echo '--- GET'
curl -sN --max-time 1 {{endpoint}} \
  -H 'Accept: text/event-stream' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -H 'Mcp-Session-Id: {{session}}' || true
