# config/routes.rb
server = MCP::Server.new(
  name: 'my_server', version: '1.0.0', tools: [Whoami]
)
transport = MCP::Server::Transports::StreamableHTTPTransport.new(
  server,
  allowed_hosts: ['mcp.example.com']
)

Rails.application.routes.draw do
  mount transport => '/mcp'
  get '/healthz', to: 'rails/health#show'
end
