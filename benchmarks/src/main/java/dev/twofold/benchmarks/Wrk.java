package dev.twofold.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Callers of HTTP that send the next request as soon as they have the answer to the last one: the
/// tool `wrk` where it is installed, else threads of this process.
final class Wrk {
    private static final String SCRIPT =
            """
            local paths = {}
            for path in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = path end
            local requests = {}
            function init(args)
              math.randomseed(os.time())
              for i = 1, #paths do requests[i] = wrk.format("GET", paths[i]) end
            end
            function request() return requests[math.random(#requests)] end
            """;
    private static final Pattern PER_SECOND = Pattern.compile("Requests/sec: +([0-9.]+)");
    private static final Pattern LATENCY = Pattern.compile("(50|99)% +([0-9.]+)(us|ms|s)\\b");
    private static final Pattern FAILED =
            Pattern.compile("Non-2xx or 3xx responses: \\d+|Socket errors: .*");

    private final boolean installed;
    private final Path folder;

    Wrk() {
        try {
            folder = Files.createTempDirectory("wrk");
            Files.writeString(folder.resolve("random.lua"), SCRIPT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        installed = isInstalled("wrk", "-v");
    }

    static boolean isInstalled(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            process.waitFor();
            return true;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String description() {
        return installed ? "wrk" : "own threads, as wrk is not installed";
    }

    /// Latencies are in milliseconds.
    record Result(double perSecond, double p50, double p99) {}

    /// @param paths asked for at random
    Result run(HttpService service, List<String> paths, int connections, Duration time) {
        if (installed) {
            return wrk(service.address(), paths, connections, time);
        }
        Load load =
                Load.during(
                        time,
                        connections,
                        () ->
                                service.read(
                                        paths.get(
                                                ThreadLocalRandom.current()
                                                        .nextInt(paths.size()))));
        return new Result(load.perSecond(), load.millis(50), load.millis(99));
    }

    private Result wrk(URI address, List<String> paths, int connections, Duration time) {
        try {
            Path asked = Files.write(folder.resolve("paths"), paths);
            ProcessBuilder command =
                    new ProcessBuilder(
                            "wrk",
                            "--threads=1",
                            "--connections=" + connections,
                            "--duration=" + Math.max(1, time.toSeconds()) + "s",
                            "--timeout=30s",
                            "--latency",
                            "--script=" + folder.resolve("random.lua"),
                            address.toString());
            command.environment().put("PATHS", asked.toString());
            Process process = command.redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            Matcher rate = PER_SECOND.matcher(said);
            Matcher failed = FAILED.matcher(said);
            if (process.waitFor() != 0 || !rate.find() || failed.find()) {
                throw new IllegalStateException("wrk said: " + said);
            }
            return new Result(
                    Double.parseDouble(rate.group(1)), millis(said, "50"), millis(said, "99"));
        } catch (IOException e) {
            throw new UncheckedIOException("wrk did not run", e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double millis(String said, String percentile) {
        Matcher latency = LATENCY.matcher(said);
        while (latency.find()) {
            if (latency.group(1).equals(percentile)) {
                double value = Double.parseDouble(latency.group(2));
                return switch (latency.group(3)) {
                    case "us" -> value / 1e3;
                    case "ms" -> value;
                    default -> value * 1e3;
                };
            }
        }
        throw new IllegalStateException("wrk said: " + said);
    }
}
