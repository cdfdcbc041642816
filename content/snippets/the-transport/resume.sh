curl -iN {{endpoint}} \
  -H 'Accept: text/event-stream' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -H 'Mcp-Session-Id: {{session}}' \
  -H 'Last-Event-ID: {{lastEventId}}'
