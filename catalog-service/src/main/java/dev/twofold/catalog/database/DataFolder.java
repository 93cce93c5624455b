package dev.twofold.catalog.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The folder in which a catalog keeps what lasts. One process holds it at a time.
///
/// The hold is a file lock, so it ends with its process, however that ends. Everything in the
/// folder is readable and writable by its owner only.
public final class DataFolder implements AutoCloseable {
    private static final String HOLDER = "holder";
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;
    private final FileChannel channel;

    private DataFolder(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /// What came of asking for the folder.
    public sealed interface Claim {

        /// The folder is this process's until it is closed.
        record Held(DataFolder folder) implements Claim {}

        /// Another holds the folder; its address is missing while it starts and if it has none.
        record InUse(Path path, long pid, Optional<URI> address) implements Claim {

            /// Who holds the folder, and what to do.
            public String diagnosis() {
                return "the data folder %s is in use by process %d%s; stop that one (kill %d), or choose another folder with --data"
                        .formatted(
                                path,
                                pid,
                                address.map(uri -> ", which answers at " + uri).orElse(""),
                                pid);
            }
        }
    }

    /// Takes hold of the folder, which is made if there is none.
    ///
    /// @throws UncheckedIOException if the folder cannot be made or written
    public static Claim claim(Path path) {
        Path folder = path.toAbsolutePath().normalize();
        try {
            makeOwnerOnly(folder);
            FileChannel channel =
                    FileChannel.open(
                            folder.resolve("lock"),
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                            OWNER_ONLY);
            if (lock(channel) == null) {
                channel.close();
                return holder(folder);
            }
            DataFolder held = new DataFolder(folder, channel);
            held.write(HOLDER, Long.toString(ProcessHandle.current().pid()));
            return new Claim.Held(held);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the data folder %s cannot be used: %s; choose another with --data"
                            .formatted(folder, e),
                    e);
        }
    }

    public Path path() {
        return path;
    }

    /// Tells those who ask for the folder where its holder answers.
    public void publish(URI address) {
        write(HOLDER, "%d\n%s".formatted(ProcessHandle.current().pid(), address));
    }

    /// A secret kept in the folder under a name, made on first use.
    public String secret(String name) {
        Optional<String> kept = read(path, name);
        if (kept.isPresent()) {
            return kept.get();
        }
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String secret = HexFormat.of().formatHex(random);
        write(name, secret);
        return secret;
    }

    /// The text kept in the folder under a name.
    public Optional<String> read(String name) {
        return read(path, name);
    }

    /// Keeps a text in the folder, whole or not at all.
    public void write(String name, String text) {
        Path file = path.resolve(name);
        Path draft = path.resolve(name + ".new");
        try (FileChannel out =
                FileChannel.open(
                        draft,
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.TRUNCATE_EXISTING),
                        OWNER_ONLY)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be written: %s".formatted(file, e), e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(path.resolve(HOLDER));
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be released: %s".formatted(path, e), e);
        }
    }

    static Optional<String> read(Path folder, String name) {
        Path file = folder.resolve(name);
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    static void makeOwnerOnly(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // held by this very process
        }
    }

    /// Who holds a folder that is in use.
    public static Claim.InUse holder(Path path) {
        Path folder = path.toAbsolutePath().normalize();
        List<String> lines = read(folder, HOLDER).stream().flatMap(String::lines).toList();
        return new Claim.InUse(
                folder,
                lines.isEmpty() ? 0 : Long.parseLong(lines.getFirst()),
                lines.stream().skip(1).findFirst().map(URI::create));
    }
}
