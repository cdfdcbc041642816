npx @modelcontextprotocol/inspector --cli {{endpoint}} \
  --transport http --method tools/list
