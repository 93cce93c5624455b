package dev.twofold.catalog.feed;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for feeds.
@Configuration(proxyBeanMethods = false)
@Import({FeedEndpoints.class, FeedExportEndpoint.class})
public class FeedSlice {}
