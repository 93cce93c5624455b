package dev.twofold.catalog.review;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for reviews.
@Configuration(proxyBeanMethods = false)
@Import(ReviewEndpoints.class)
public class ReviewSlice {}
