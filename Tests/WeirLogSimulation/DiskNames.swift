import WeirRuntime

/// The names of the files and folders of a ``MemoryDisk``. The root is always there.
struct DiskNames {
    /// Which content each file has.
    private(set) var files: [String: Int] = [:]
    private(set) var folders: Set<String> = [root]

    private static let root = "/"

    func contains(_ path: String) -> Bool { files[path] != nil || folders.contains(path) }

    /// Whether the folder is there in which a name is to be.
    func mayHold(_ path: String) -> Bool { folders.contains(parentDirectory(of: path)) }

    /// The names in a folder, in order.
    func inFolder(_ folder: String) -> [String] {
        let length = folder == Self.root ? 1 : folder.utf8.count + 1
        return [Array(files.keys), folders.filter { $0 != Self.root }].joined()
            .filter { parentDirectory(of: $0) == folder }
            .map { String(decoding: $0.utf8.dropFirst(length), as: UTF8.self) }
            .sorted()
    }

    /// Gives a content a name, in a folder that is there afterwards.
    mutating func put(_ path: String, _ content: Int) {
        files[path] = content
        putFolder(parentDirectory(of: path))
    }

    /// Makes a folder, with those above it.
    mutating func putFolder(_ path: String) {
        var folder = path
        while folders.insert(folder).inserted { folder = parentDirectory(of: folder) }
    }

    /// Nothing leads to what is in a folder that is not there, or in one in such a folder.
    mutating func loseWhatIsInNoFolder() {
        // Those above come before those in them.
        for folder in folders.sorted() where !mayHold(folder) { folders.remove(folder) }
        files = files.filter { mayHold($0.key) }
    }

    fileprivate mutating func apply(_ change: NameChange) {
        switch change {
        case .link(let name, let id): files[name] = id
        case .unlink(let name): files[name] = nil
        case .rename(let old, let new, let id):
            if files[old] == id { files[old] = nil }
            files[new] = id
        case .makeFolder(let name): folders.insert(name)
        case .removeFolder(let name): folders.remove(name)
        }
    }
}

/// A change of a folder that waits for a sync of it.
enum NameChange {
    case link(String, Int)
    case unlink(String)
    case rename(String, to: String, Int)
    case makeFolder(String)
    case removeFolder(String)

    /// Whether the sync of a folder makes it durable.
    func isIn(_ folder: String) -> Bool {
        switch self {
        case .link(let name, _), .unlink(let name), .rename(_, let name, _), .makeFolder(let name),
            .removeFolder(let name):
            parentDirectory(of: name) == folder
        }
    }

    func apply(to names: inout DiskNames) { names.apply(self) }
}

/// What of a disk is durable.
package struct SyncedFiles: Equatable, Sendable {
    /// The paths of the folders, those above before those in them.
    package var folders: [String]
    /// The bytes of the files, by their paths.
    package var contents: [String: [UInt8]]

    package init(folders: [String] = [], contents: [String: [UInt8]] = [:]) {
        self.folders = folders
        self.contents = contents
    }
}
