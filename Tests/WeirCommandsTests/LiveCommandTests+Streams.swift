import Testing

/// What new streams are like, and several streams as one application.
extension LiveCommandTests {
    @Test func newStreamsGetTheRetentionOfTheServer() async throws {
        try await withShell(arguments: ["--retention", "48"]) { shell in
            let described = try await shell.run(
                """
                $WEIR stream create weather --shards 1 > $FOLDER/created
                $WEIR stream describe flights | sed -n 1p; $WEIR stream describe weather | sed -n 1p
                """
            )
            #expect(described.lines.count == 2)
            #expect(described.lines.allSatisfy { $0.contains("  retention 48 h  ") }, "\(described.lines)")
        }
    }

    @Test func severalStreamsAreOneApplication() async throws {
        try await withShell { shell in
            let started = try await shell.run(
                """
                $WEIR stream create weather --shards 1 > $FOLDER/created
                seq 20 | $WEIR put flights; seq 101 110 | $WEIR put weather
                """
            )
            #expect(started.lines == ["put 20 records into flights", "put 10 records into weather"])
            let consume = "$WEIR consume flights weather --application both --from trim-horizon --until-idle 2"
            let read = try await shell.run("\(consume) --format json")
            let flights = read.lines.filter { $0.hasPrefix(#"{"StreamName":"flights","ShardId":"shardId-0000"#) }
            let weather = read.lines.filter { $0.hasPrefix(#"{"StreamName":"weather","ShardId":"shardId-0000"#) }
            #expect((flights.count, weather.count, read.lines.count) == (20, 10, 30))

            let workers = try await shell.run("$WEIR workers both; $WEIR workers both --stream weather --json")
            #expect(workers.lines.first == "both reads flights, weather")
            #expect(workers.lines.contains { $0.hasPrefix("000000000000:weather:") })
            let expected = "2 streams, 0 workers, 0 leases held, 3 unowned, 0 ended, 0 shards without a lease, 0 holes"
            #expect(workers.lines.dropLast().last == expected)
            let json = #"{"Application":"both","Workers":[],"Streams":[{"Application":"both","Stream":"weather","#
            #expect(workers.lines.last?.hasPrefix(json) == true)
            let other = try await shell.run("$WEIR workers both --stream other")
            #expect(other.lines == ["Error: both has no lease of other"])

            let refused = try await shell.run(
                """
                $WEIR consume flights --application both; echo status $?
                $WEIR consume flights --multi-stream --application both --until-idle 1; echo status $?
                """
            )
            #expect(refused.lines.count == 3)
            #expect(refused.lines.first?.contains("is that of an application of several streams") == true)
            #expect(refused.lines.dropFirst() == ["status 1", "status 0"])
        }
    }

    @Test func deadLettersOfOneStreamAreDealtWithAlone() async throws {
        try await withShell { shell in
            let outcome = try await shell.run(
                """
                $WEIR stream create weather --shards 1 > $FOLDER/created
                (echo 1 | $WEIR put flights; echo 2 | $WEIR put weather) > $FOLDER/put
                $WEIR consume flights weather --application strict --from trim-horizon --until-idle 2 --attempts 1 \
                    --execute 'echo $WEIR_STREAM_NAME > /dev/null; exit 65' 2> $FOLDER/log
                $WEIR deadletters list --application strict | grep -c '^20.*  \\(flights\\|weather\\)  *shardId-'
                $WEIR deadletters show --application strict --of weather --data --all
                $WEIR deadletters purge --application strict --of weather --all
                $WEIR deadletters list --application strict | tail -1
                $WEIR consume flights weather --application named --from trim-horizon --until-idle 2 \
                    --execute 'echo $WEIR_STREAM_NAME' | sort
                """
            )
            #expect(
                outcome.lines == [
                    "2", "2", "purged 1 dead letters", "1 dead letters in strict-dead-letters", "flights", "weather",
                ]
            )
        }
    }
}
