package dev.twofold.catalog.brand;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for brands.
@Configuration(proxyBeanMethods = false)
@Import({BrandEndpoints.class, BrandListing.class})
public class BrandSlice {}
