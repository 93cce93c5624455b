package dev.twofold.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/// A Lua script that Redis runs as one step. It is sent by its digest, and whole to a server that
/// does not know it.
record Script(String text, String digest) {

    static Script of(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return new Script(text, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    /// @param name of a file beside this class
    static Script load(String name) {
        try (InputStream in = Objects.requireNonNull(Script.class.getResourceAsStream(name))) {
            return of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the class path has no readable " + name, e);
        }
    }

    CompletableFuture<List<Object>> run(
            RedisClusterAsyncCommands<String, byte[]> commands, String[] keys, byte[]... values) {
        CompletionStage<List<Object>> short_ =
                commands.evalsha(digest, ScriptOutputType.MULTI, keys, values);
        return short_.exceptionallyCompose(
                        failure -> {
                            Throwable cause =
                                    failure instanceof CompletionException
                                                    && failure.getCause() != null
                                            ? failure.getCause()
                                            : failure;
                            return cause instanceof RedisNoScriptException
                                    ? commands.eval(text, ScriptOutputType.MULTI, keys, values)
                                    : CompletableFuture.failedFuture(cause);
                        })
                .toCompletableFuture();
    }
}
