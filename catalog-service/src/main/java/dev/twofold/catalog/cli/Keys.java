package dev.twofold.catalog.cli;

import dev.twofold.catalog.CatalogTables;
import dev.twofold.catalog.access.ApiKey;
import dev.twofold.catalog.access.ApiKeys;
import dev.twofold.catalog.access.Scope;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `catalog keys`: commands about the keys of those who call the catalog.
@Command(
        name = "keys",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {Keys.Create.class, Keys.All.class, Keys.Rotate.class, Keys.Revoke.class},
        description = {
            "Makes and ends the keys with which programs call the catalog.",
            "Works beside a running catalog and without one."
        })
final class Keys {

    private static int use(
            Place place, CommandSpec spec, ToIntBiFunction<ApiKeys, PrintWriter> work)
            throws IOException {
        return LogDatabase.use(
                place,
                database -> {
                    CatalogTables.migrate(database);
                    return work.applyAsInt(
                            new ApiKeys(database, Duration.ZERO), spec.commandLine().getOut());
                });
    }

    private static int unknown(CommandSpec spec, String id) {
        spec.commandLine()
                .getErr()
                .println(
                        "no key that is taken has the id \"%s\"; \"catalog keys list\" shows them"
                                .formatted(id));
        return ExitCode.SOFTWARE;
    }

    /// `catalog keys create`: makes a key and shows it once.
    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = {
                "Makes a key and prints it, this once: only its hash is kept.",
                "Scopes: reader looks, editor changes products too, operator looks after the"
                        + " catalog too."
            })
    static final class Create implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", description = "Whose key it is, or what for.")
        private String name = "";

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                defaultValue = "reader",
                description = "reader, editor or operator (default: ${DEFAULT-VALUE}).")
        private String scope = "reader";

        @Option(
                names = "--days",
                paramLabel = "N",
                description = "Days until it ends by itself (default: it does not).")
        private @Nullable Integer days;

        @Mixin private Place place = new Place();

        @Spec private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws IOException {
            Scope wanted =
                    Scope.of(scope)
                            .orElseThrow(
                                    () ->
                                            new ParameterException(
                                                    spec.commandLine(),
                                                    "--scope is reader, editor or operator, but was"
                                                            + " "
                                                            + scope));
            if (days != null && days < 1) {
                throw new ParameterException(
                        spec.commandLine(), "--days is 1 or more, but was " + days);
            }
            Duration validFor = days == null ? null : Duration.ofDays(days);
            return use(
                    place,
                    spec,
                    (keys, out) -> {
                        try {
                            out.println(keys.create(name, wanted, validFor));
                            return ExitCode.OK;
                        } catch (IllegalArgumentException e) {
                            throw new ParameterException(
                                    spec.commandLine(), String.valueOf(e.getMessage()), e);
                        }
                    });
        }
    }

    /// `catalog keys list`: all keys, without their secrets.
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description =
                    "Prints each key's id, scope, state, last use and name, the oldest first.")
    static final class All implements Callable<Integer> {
        @Mixin private Place place = new Place();

        @Spec private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws IOException {
            return use(
                    place,
                    spec,
                    (keys, out) -> {
                        keys.list().forEach(key -> out.println(line(key)));
                        return ExitCode.OK;
                    });
        }

        private static String line(ApiKey key) {
            String state =
                    key.revokedAt() != null
                            ? "revoked " + key.revokedAt()
                            : key.expiresAt() != null ? "until " + key.expiresAt() : "unlimited";
            String use = key.lastUsedAt() == null ? "never used" : "used " + key.lastUsedAt();
            return String.join("\t", key.id(), key.scope().label(), state, use, key.name());
        }
    }

    /// `catalog keys rotate`: gives a key another secret.
    @Command(
            name = "rotate",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = {
                "Gives a key another secret and prints it, this once.",
                "The one before is taken for a while, so that its bearers can change over."
            })
    static final class Rotate implements Callable<Integer> {
        @Parameters(paramLabel = "ID", description = "Of the key, as \"catalog keys list\" shows.")
        private String id = "";

        @Option(
                names = "--overlap-hours",
                paramLabel = "N",
                defaultValue = "24",
                description = "How long the old secret is taken (default: ${DEFAULT-VALUE}).")
        private int hours;

        @Mixin private Place place = new Place();

        @Spec private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws IOException {
            if (hours < 0) {
                throw new ParameterException(
                        spec.commandLine(), "--overlap-hours is 0 or more, but was " + hours);
            }
            return use(
                    place,
                    spec,
                    (keys, out) -> {
                        Optional<String> key = keys.rotate(id, Duration.ofHours(hours));
                        key.ifPresent(out::println);
                        return key.isPresent() ? ExitCode.OK : unknown(spec, id);
                    });
        }
    }

    /// `catalog keys revoke`: ends a key.
    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = "Ends a key; running catalogs know within seconds.")
    static final class Revoke implements Callable<Integer> {
        @Parameters(paramLabel = "ID", description = "Of the key, as \"catalog keys list\" shows.")
        private String id = "";

        @Mixin private Place place = new Place();

        @Spec private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws IOException {
            return use(
                    place,
                    spec,
                    (keys, out) -> {
                        if (!keys.revoke(id)) {
                            return unknown(spec, id);
                        }
                        out.println("Key %s is taken no more.".formatted(id));
                        return ExitCode.OK;
                    });
        }
    }
}
