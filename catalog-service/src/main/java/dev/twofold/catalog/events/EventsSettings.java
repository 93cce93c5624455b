package dev.twofold.catalog.events;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What holds for streams of changes.
///
/// @param followers how many there are at a time on this node
/// @param followersEach how many of them one caller has: a key, or an address without one
/// @param heartbeat how long a stream is silent at most
@ConfigurationProperties("catalog.events")
public record EventsSettings(
        @DefaultValue("1000") int followers,
        @DefaultValue("20") int followersEach,
        @DefaultValue("15s") Duration heartbeat) {}
