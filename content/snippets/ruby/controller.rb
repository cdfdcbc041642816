# app/controllers/mcp_controller.rb
class McpController < ActionController::API
  def create
    server = MCP::Server.new(
      name: 'my_server', version: '1.0.0', tools: [Whoami]
    )
    transport = MCP::Server::Transports::StreamableHTTPTransport.new(
      server,
      stateless: true,
      serve_subscriptions_listen: false, # from 1.4.0 on
      allowed_hosts: ['mcp.example.com']
    )
    status, headers, body = transport.handle_request(request)
    render json: body.first, status: status, headers: headers
  end
end
