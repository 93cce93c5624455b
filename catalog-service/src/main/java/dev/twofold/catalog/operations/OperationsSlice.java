package dev.twofold.catalog.operations;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for operators.
@Configuration(proxyBeanMethods = false)
@Import({ProjectionEndpoints.class, ParkedEventEndpoints.class})
public class OperationsSlice {}
