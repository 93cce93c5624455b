package dev.twofold.catalog.changes;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for daily changes.
@Configuration(proxyBeanMethods = false)
@Import({ChangesEndpoints.class, DailyChanges.class})
public class ChangesSlice {}
