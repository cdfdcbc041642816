curl -i -X DELETE {{endpoint}} \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -H 'Mcp-Session-Id: {{session}}'
