package dev.twofold.catalog.cli;

import picocli.CommandLine.Command;

/// `catalog log`: commands about the event log.
@Command(
        name = "log",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            LogInfo.class,
            LogVerify.class,
            LogExport.class,
            LogImport.class,
            LogRenew.class,
            LogReplay.class
        },
        description = "Looks after the event log.")
final class Log {}
