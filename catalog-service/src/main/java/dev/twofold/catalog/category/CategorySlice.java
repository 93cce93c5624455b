package dev.twofold.catalog.category;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for categories.
@Configuration(proxyBeanMethods = false)
@Import({CategoryEndpoints.class, CategoryListing.class})
public class CategorySlice {}
