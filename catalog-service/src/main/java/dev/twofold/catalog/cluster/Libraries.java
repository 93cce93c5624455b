package dev.twofold.catalog.cluster;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The servers that a cluster needs besides the catalog, which are not in its jar.
record Libraries(List<Path> jars) {
    private static final String SETTING = "catalog.cluster.libraries";

    Libraries {
        jars = List.copyOf(jars);
    }

    /// Those in the folder that the build of the module `cluster` fills, beside this program's jar,
    /// or in one that it was told of by a system property.
    ///
    /// @throws IllegalStateException if there are none
    static Libraries found() {
        Path jar =
                Path.of(
                        System.getProperty("java.class.path")
                                .replaceAll(File.pathSeparator + ".*", ""));
        Path beside = jar.toAbsolutePath().resolveSibling("../../cluster/target/lib").normalize();
        Path folder = Path.of(System.getProperty(SETTING, beside.toString()));
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException(
                    "the Kafka server is not in the folder %s; build it with \"mvn -pl cluster -am package\", or name another folder of its jars with -D%s"
                            .formatted(folder, SETTING));
        }
        try (Stream<Path> files = Files.list(folder)) {
            return new Libraries(
                    files.filter(file -> file.toString().endsWith(".jar")).sorted().toList());
        } catch (IOException e) {
            throw new UncheckedIOException("the folder %s cannot be read".formatted(folder), e);
        }
    }

    /// The class path of the Kafka server.
    String kafka() {
        return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /// A Redis server: the system's own, or else one that is unpacked into a folder; empty if there
    /// is none for this system.
    Optional<Path> redis(Path into) {
        return Stream.of(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
                .map(directory -> Path.of(directory, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst()
                .or(
                        () ->
                                jars.stream()
                                        .filter(Libraries::isRedis)
                                        .findFirst()
                                        .flatMap(j -> unpacked(j, into)));
    }

    private static Optional<Path> unpacked(Path jar, Path into) {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        String ending =
                "-%s-%s"
                        .formatted(
                                os.startsWith("mac") ? "darwin" : os,
                                arch.equals("aarch64") ? "arm64" : arch);
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            Optional<? extends ZipEntry> entry =
                    zip.stream()
                            .filter(one -> one.getName().startsWith("redis-server"))
                            .filter(one -> one.getName().endsWith(ending))
                            .findFirst();
            if (entry.isEmpty()) {
                return Optional.empty();
            }
            Path program = into.resolve(entry.get().getName());
            if (!Files.exists(program)) {
                try (InputStream in = zip.getInputStream(entry.get())) {
                    Files.copy(in, program);
                }
                Files.setPosixFilePermissions(
                        program, PosixFilePermissions.fromString("rwx------"));
            }
            return Optional.of(program);
        } catch (IOException e) {
            throw new UncheckedIOException("Redis could not be unpacked: " + e.getMessage(), e);
        }
    }

    private static boolean isRedis(Path jar) {
        return jar.getFileName().toString().startsWith("embedded-redis");
    }
}
