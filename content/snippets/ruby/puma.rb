# config/puma.rb
workers 0
threads 5, 32
bind 'tcp://127.0.0.1:9292'
