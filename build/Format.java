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
import java.util.ArrayList;
import java.util.List;

/// Formats every Java file below the working directory. The first argument is `apply` or `check`;
/// the second names a file for the names of those that are left unformatted.
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
        StringBuilder notFormatted = new StringBuilder();
        for (Source source : sources()) {
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
        Files.writeString(Path.of(args[1]), notFormatted);
    }

    private static List<Source> sources() throws IOException {
        return javaFiles().parallelStream().map(Format::format).toList();
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
