# The AWS SDK for Ruby, version 1 (Debian's ruby-aws-sdk): puts in batches and one by one, and polls through a split.
require "aws-sdk-v1"
require "json"
require "securerandom"
require "uri"

endpoint = URI(ENV.fetch("ENDPOINT"))
kinesis = AWS::Kinesis::Client.new(
  access_key_id: "test", secret_access_key: "test", region: "us-east-1",
  kinesis_endpoint: endpoint.host, kinesis_port: endpoint.port, use_ssl: endpoint.scheme == "https"
)

def check(condition, message)
  abort message unless condition
end

def refused(error)
  yield
  abort "#{error} expected"
rescue error
  nil
end

sent = File.foreach(ENV.fetch("EVENTS"), encoding: "UTF-8").first(600).map do |line|
  line = line.chomp
  [JSON.parse(line)["tailnum"] || "unknown", line]
end
stream = "conformance-ruby-#{SecureRandom.hex(6)}"
describe = -> { kinesis.describe_stream(stream_name: stream)[:stream_description] }
active = lambda do
  deadline = Time.now + 60
  sleep 0.05 until describe.call[:stream_status] == "ACTIVE" || Time.now > deadline
end

kinesis.create_stream(stream_name: stream, shard_count: 2)
active.call
refused(AWS::Kinesis::Errors::ResourceNotFoundException) { kinesis.describe_stream(stream_name: "nobody") }
refused(AWS::Kinesis::Errors::ResourceInUseException) { kinesis.create_stream(stream_name: stream, shard_count: 1) }
refused(AWS::Kinesis::Errors::InvalidArgumentException) { kinesis.get_records(shard_iterator: "AAAA") }

put = lambda do |batch|
  # This SDK sends the data as base64 itself.
  records = batch.map { |key, line| { partition_key: key, data: line } }
  check(kinesis.put_records(stream_name: stream, records: records)[:failed_record_count].zero?, "records failed")
end
put.call(sent[0...300])
shard = describe.call[:shards].first
range = shard[:hash_key_range]
middle = (range[:starting_hash_key].to_i + range[:ending_hash_key].to_i) / 2
kinesis.split_shard(stream_name: stream, shard_to_split: shard[:shard_id], new_starting_hash_key: middle.to_s)
active.call
put.call(sent[300...500])
sent[500...600].each { |key, line| kinesis.put_record(stream_name: stream, partition_key: key, data: line) }

# The parent comes before its children in the list.
shards = describe.call[:shards]
read = shards.flat_map do |shard|
  iterator = kinesis.get_shard_iterator(stream_name: stream, shard_id: shard[:shard_id],
                                        shard_iterator_type: "TRIM_HORIZON")[:shard_iterator]
  records = []
  while iterator
    answer = kinesis.get_records(shard_iterator: iterator, limit: 70)
    records += answer[:records]
    iterator = answer[:next_shard_iterator]
    break if answer[:records].empty? && (answer[:millis_behind_latest] || 0).zero?
  end
  records
end

by_key = ->(pairs) { pairs.group_by(&:first).transform_values { |values| values.map(&:last) } }
got = read.map { |record| [record[:partition_key], record[:data].dup.force_encoding("UTF-8")] }
check(by_key.call(sent) == by_key.call(got), "#{sent.size} events sent, #{got.size} read: they differ")
kinesis.delete_stream(stream_name: stream)
puts "#{sent.size} records through #{shards.size} shards, each once and in order"
