package dev.twofold.postgres;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Programs of these tests, in processes of their own.
final class JavaProcess {
    private JavaProcess() {}

    static ProcessBuilder of(Class<?> program, String... arguments) {
        String classPath =
                String.join(
                        File.pathSeparator,
                        Path.of("target", "test-classes").toString(),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", classPath, program.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }
}
