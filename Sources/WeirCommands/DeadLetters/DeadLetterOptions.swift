import ArgumentParser
import WeirClient
import WeirConsumer
import WeirModel

/// Which dead letters are meant.
struct DeadLetterOptions: ParsableArguments {
    @Option(help: "The application.") var application: String
    @Option(help: "The dead letter stream (default: APPLICATION-dead-letters).") var stream: String?

    @Option(help: "Only the letters of records of this stream, by the name or the ARN under which it was read.")
    var of: String?

    var streamName: String { stream ?? DeadLetterStream.defaultName(applicationName: application) }

    /// All letters that were not dealt with.
    func all(_ kinesis: KinesisClient) async throws(ServiceError) -> [DeadLetter] {
        do throws(ServiceError) {
            let letters = try await DeadLetterReader(streamName: streamName, kinesis: kinesis).list()
            return of.map { name in letters.filter { $0.stream == name } } ?? letters
        } catch {
            // The stream of an application is made with its first dead letter.
            guard error.code == .resourceNotFound, stream == nil else { throw error }
            return []
        }
    }

    /// The letters of these records, by ``DeadLetter/number``. Throws when one has none.
    func some(_ numbers: [String], _ kinesis: KinesisClient) async throws -> [DeadLetter] {
        let letters = try await all(kinesis)
        for number in numbers where !letters.contains(where: { $0.number == number }) {
            throw CommandFailure("\(streamName) has no dead letter of record \(number)")
        }
        return letters.filter { numbers.contains($0.number) }
    }
}

/// The dead letters that a command deals with.
struct DeadLetterSelection: ParsableArguments {
    @Argument(help: "The sequence numbers of the records, as list prints them.") var numbers: [String] = []
    @Flag(help: "All dead letters.") var all = false

    func validate() throws {
        guard all == numbers.isEmpty else { throw ValidationError("Name sequence numbers, or say --all") }
    }

    func letters(_ options: DeadLetterOptions, _ kinesis: KinesisClient) async throws -> [DeadLetter] {
        all ? try await options.all(kinesis) : try await options.some(numbers, kinesis)
    }
}

extension DeadLetter {
    /// The record's sequence number; of a user record in an aggregated one with `/` and its place there, unless it is the first.
    var number: String { subSequenceNumber == 0 ? sequenceNumber : "\(sequenceNumber)/\(subSequenceNumber)" }
}
