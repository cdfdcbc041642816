# config.ru
require 'mcp'

class Whoami < MCP::Tool
  description 'Says which process answers'

  def self.call(server_context:)
    text = "pid #{Process.pid}"
    MCP::Tool::Response.new([{ type: 'text', text: text }])
  end
end

server = MCP::Server.new(
  name: 'my_server', version: '1.0.0', tools: [Whoami]
)
transport = MCP::Server::Transports::StreamableHTTPTransport.new(
  server,
  allowed_hosts: ['mcp.example.com']
)

map('/mcp') { run transport }
map('/healthz') do
  run ->(_env) { [200, { 'content-type' => 'text/plain' }, ["ok\n"]] }
end
