package dev.twofold.catalog.cluster;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Command lines of Java programs that run on the Java that this one runs on.
final class JavaCommand {
    private JavaCommand() {}

    /// Java with options, which end with what to run, and the program's arguments.
    static List<String> of(List<String> options, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of(arguments));
        return command;
    }

    /// A catalog of the same build as this one, on Java with options.
    static List<String> catalog(List<String> options, String... arguments) {
        String path = System.getProperty("java.class.path");
        List<String> program =
                path.contains(File.pathSeparator)
                        ? List.of("-cp", path, "dev.twofold.catalog.CatalogMain")
                        : List.of("-jar", path);
        return of(Stream.concat(options.stream(), program.stream()).toList(), arguments);
    }
}
