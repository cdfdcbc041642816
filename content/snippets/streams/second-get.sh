# Opens the standalone stream, and says what became of it. $1 is its name.
listen() {
  curl -sN -o /dev/null --max-time 3 {{endpoint}} \
    -H 'Accept: text/event-stream' \
    -H 'MCP-Protocol-Version: 2025-11-25' \
    -H 'Mcp-Session-Id: {{session}}' \
    && echo "$1: closed by the server" \
    || echo "$1: open until curl gave up"
}

listen first &
sleep 1
listen second
wait
