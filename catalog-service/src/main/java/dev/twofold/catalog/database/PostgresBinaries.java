package dev.twofold.catalog.database;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// The PostgreSQL programs that the catalog brings along, unpacked once for each user.
///
/// They lie in `$XDG_CACHE_HOME/twofold`, or else `~/.cache/twofold`; the folder can be deleted at
/// any time while no catalog runs.
final class PostgresBinaries {
    private static final Set<String> X86_64 = Set.of("amd64", "x86_64");

    private final Path bin;

    private PostgresBinaries(Path bin) {
        this.bin = bin;
    }

    /// @throws UncheckedIOException if the programs cannot be unpacked
    /// @throws IllegalStateException if there are none for this system
    static PostgresBinaries unpacked() {
        String name = platform();
        URL archive = PostgresBinaries.class.getResource("/postgres-" + name + ".txz");
        if (archive == null) {
            throw new IllegalStateException(
                    "the catalog brings no PostgreSQL for %s; give it one of your own with --database-url"
                            .formatted(name));
        }
        try {
            JarURLConnection connection = (JarURLConnection) archive.openConnection();
            Path folder =
                    cache().resolve(
                                    "postgres-%s-%08x"
                                            .formatted(name, connection.getJarEntry().getCrc()));
            if (!Files.isDirectory(folder)) {
                unpack(connection, folder);
            }
            return new PostgresBinaries(folder.resolve("bin"));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "PostgreSQL could not be unpacked (%s); set XDG_CACHE_HOME to a folder for it, or give one of your own with --database-url"
                            .formatted(e),
                    e);
        }
    }

    /// The command line that runs a program.
    List<String> command(String program, List<String> arguments) {
        // PostgreSQL refuses to run as root, so root runs it in a user namespace in which it is
        // nobody.
        Stream<String> prefix =
                "root".equals(System.getProperty("user.name"))
                        ? Stream.of("unshare", "--user")
                        : Stream.empty();
        return Stream.concat(
                        Stream.concat(prefix, Stream.of(bin.resolve(program).toString())),
                        arguments.stream())
                .toList();
    }

    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        return "%s-%s"
                .formatted(
                        os.startsWith("mac") ? "darwin" : os,
                        X86_64.contains(arch)
                                ? "x86_64"
                                : arch.equals("aarch64") ? "arm_64" : arch);
    }

    private static Path cache() throws IOException {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path base =
                xdg == null || xdg.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(xdg);
        Path cache = base.resolve("twofold").toAbsolutePath();
        DataFolder.makeOwnerOnly(cache);
        return cache;
    }

    /// Unpacks beside the folder and moves the result there, so that it is there whole or not at
    /// all.
    private static void unpack(JarURLConnection archive, Path folder) throws IOException {
        Path draft = Files.createTempDirectory(folder.getParent(), "unpacking-");
        try (InputStream packed = new BufferedInputStream(archive.getInputStream());
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                write(entry, tar, draft.resolve(entry.getName()).normalize());
            }
            Files.move(draft, folder);
        } catch (FileSystemException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
            delete(draft); // another process was faster
        }
    }

    private static void write(TarArchiveEntry entry, InputStream content, Path file)
            throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(file);
            return;
        }
        Files.createDirectories(file.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else {
            Files.copy(content, file);
            if ((entry.getMode() & 0100) != 0) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
            }
        }
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
