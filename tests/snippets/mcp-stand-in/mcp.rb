# frozen_string_literal: true

# Stands in for the gem `mcp`, which Debian does not have: as much of it as the files of the page on Ruby call, in the
# same shape. What matters for servers is as in the SDK 1.3.0, as read in its source: sessions in a Hash of this process
# behind a Mutex, a thread that reaps them, and streams as callable bodies (Rack 3), which Rack 2 servers do not know.
# With enable_json_response a call is answered by one JSON object, which any Rack can carry.

require 'json'
require 'rack'
require 'securerandom'

module MCP
  class Tool
    module Text
      attr_reader :description_text

      def description(text)
        @description_text = text
      end
    end
    extend Text

    Response = Struct.new(:content)

    def self.tool_name
      name.gsub(/(?<=[a-z])(?=[A-Z])/, '_').downcase
    end
  end

  class Server
    attr_reader :name, :version, :tools

    def initialize(name:, version:, tools: [])
      @name = name
      @version = version
      @tools = tools
    end

    def result(method, params)
      case method
      when 'initialize'
        info = { name: name, version: version }
        { protocolVersion: params['protocolVersion'], capabilities: { tools: {} }, serverInfo: info }
      when 'tools/list'
        { tools: tools.map { |tool| { name: tool.tool_name, description: tool.description_text } } }
      when 'tools/call'
        { content: tools.find { |tool| tool.tool_name == params['name'] }.call(server_context: nil).content }
      end
    end

    module Transports
      class StreamableHTTPTransport
        def initialize(server, stateless: false, enable_json_response: false, allowed_hosts: [])
          @server = server
          @stateless = stateless
          @json = enable_json_response
          @allowed_hosts = ['127.0.0.1', '::1', 'localhost', *allowed_hosts]
          @sessions = {}
          @mutex = Mutex.new
          return if stateless

          @reaper = Thread.new { loop { sleep 60 } }
          @reaper.name = 'session reaper'
        end

        def call(env)
          handle_request(Rack::Request.new(env))
        end

        def handle_request(request)
          host = request.env['HTTP_HOST'].to_s.sub(/:\d+\z/, '')
          return error(403, 'Forbidden: Invalid Host header') unless @allowed_hosts.include?(host)

          case request.request_method
          when 'POST' then post(request)
          when 'GET' then get(request)
          else error(405, 'Method not allowed')
          end
        end

        private

        def post(request)
          message = JSON.parse(request.body.read)
          return open(message) if message['method'] == 'initialize'

          refusal = refusal(request)
          return refusal if refusal
          return [202, {}, []] unless message['id']
          return [200, json, [answer(message)]] if @stateless || @json

          [200, events, ->(stream) { stream.write("data: #{answer(message)}\n\n") && stream.close }]
        end

        def open(message)
          return [200, json, [answer(message)]] if @stateless

          id = SecureRandom.uuid
          @mutex.synchronize { @sessions[id] = {} }
          [200, json.merge('mcp-session-id' => id), [answer(message)]]
        end

        def get(request)
          return error(405, 'Method not allowed') if @stateless

          refusal(request) || [200, events, ->(stream) { @mutex.synchronize { @sessions[:stream] = stream } }]
        end

        def refusal(request)
          return if @stateless

          id = request.env['HTTP_MCP_SESSION_ID']
          return error(400, 'Missing session ID') unless id

          error(404, 'Session not found') unless @mutex.synchronize { @sessions.key?(id) }
        end

        def answer(message)
          { jsonrpc: '2.0', id: message['id'], result: @server.result(message['method'], message['params'] || {}) }.to_json
        end

        def error(status, text)
          [status, json, [{ jsonrpc: '2.0', id: nil, error: { code: -32_600, message: text } }.to_json]]
        end

        def json
          { 'content-type' => 'application/json' }
        end

        def events
          { 'content-type' => 'text/event-stream', 'cache-control' => 'no-cache' }
        end
      end
    end
  end
end
