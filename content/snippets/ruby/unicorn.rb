# config/unicorn.rb, only stateless
worker_processes 4
timeout 60
preload_app true
listen '127.0.0.1:9292'
