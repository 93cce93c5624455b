import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import com.google.googlejavaformat.java.StringWrapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Formats every Java file below the working directory that changed since all of them were found
/// formatted. The first argument is `apply` or `check`; the second names a file for the names of
/// those that are left unformatted.
///
/// The build runs it as a source file on the JDK it found, because a formatter parses with the
/// compiler of the JDK it runs on, and Maven may run on one that is older than the sources.
final class Format {
    private static final Formatter FORMATTER =
            new Formatter(JavaFormatterOptions.builder().style(Style.AOSP).build());

    private record Source(Path path, String text, String formatted) {
        boolean isFormatted() {
            return text.equals(formatted);
        }
    }

    static void main(String[] args) throws IOException {
        boolean apply =
                switch (args[0]) {
                    case "apply" -> true;
                    case "check" -> false;
                    default -> throw new IllegalArgumentException(args[0]);
                };
        FileTime started = FileTime.from(Instant.now());
        Path report = Path.of(args[1]);
        FileTime lastClean = lastClean(report);
        StringBuilder notFormatted = new StringBuilder();
        for (Source source : sourcesChangedSince(lastClean)) {
            if (source.isFormatted()) {
                continue;
            }
            if (apply) {
                Files.writeString(source.path, source.formatted);
                System.out.println("formatted " + source.path);
            } else {
                notFormatted.append(source.path).append('\n');
            }
        }
        Files.writeString(report, notFormatted);
        Files.setLastModifiedTime(report, started);
    }

    /// When all files were last found formatted; an empty report says so until it is deleted.
    private static FileTime lastClean(Path report) throws IOException {
        return Files.exists(report) && Files.size(report) == 0
                ? Files.getLastModifiedTime(report)
                : FileTime.fromMillis(0);
    }

    private static List<Source> sourcesChangedSince(FileTime time) throws IOException {
        List<Path> changed = new ArrayList<>();
        for (Path file : javaFiles()) {
            if (Files.getLastModifiedTime(file).compareTo(time) >= 0) {
                changed.add(file);
            }
        }
        return changed.parallelStream().map(Format::format).toList();
    }

    private static Source format(Path path) {
        try {
            String text = Files.readString(path);
            String used = RemoveUnusedImports.removeUnusedImports(text);
            // One sorted block: Android's order, with java last, is not the one people expect.
            String ordered = ImportOrderer.reorderImports(used, Style.GOOGLE);
            String formatted = FORMATTER.formatSource(ordered);
            return new Source(path, text, StringWrapper.wrap(formatted, FORMATTER));
        } catch (FormatterException e) {
            System.err.println(path + ": " + e.getMessage());
            System.exit(2);
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> javaFiles() throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(
                Path.of(""),
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) {
                        boolean ours = !directory.getFileName().toString().startsWith(".");
                        boolean built =
                                directory.endsWith("target")
                                        && Files.exists(directory.resolveSibling("pom.xml"));
                        return ours && !built
                                ? FileVisitResult.CONTINUE
                                : FileVisitResult.SKIP_SUBTREE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        if (file.toString().endsWith(".java")) {
                            found.add(file);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        return found.stream().sorted().toList();
    }
}
