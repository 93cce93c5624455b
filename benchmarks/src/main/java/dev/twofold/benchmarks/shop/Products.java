package dev.twofold.benchmarks.shop;

import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Pageable;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

/// Products by Spring Data JPA.
interface Products extends JpaRepository<Product, String> {

    @Query(
            """
            SELECT p FROM Product p
            JOIN FETCH p.inventory JOIN FETCH p.brand JOIN FETCH p.category c JOIN FETCH c.parent
            LEFT JOIN FETCH p.reviews
            WHERE p.id = :id
            """)
    Optional<Product> fetchById(String id);

    @Query(
            """
            SELECT DISTINCT p FROM Product p
            JOIN FETCH p.inventory JOIN FETCH p.brand JOIN FETCH p.category c JOIN FETCH c.parent
            LEFT JOIN FETCH p.reviews
            WHERE p.id IN :ids
            """)
    List<Product> fetchAllById(List<String> ids);

    @Query(
            """
            SELECT p.id FROM Product p LEFT JOIN p.reviews r
            WHERE (p.category.id = :category OR p.category.parent.id = :category)
              AND p.inventory.stock > 0
            GROUP BY p.id ORDER BY avg(r.rating) DESC NULLS LAST, p.id DESC
            """)
    List<String> bestRated(String category, Pageable page);

    /// By the database's own index, as JPQL knows no full text.
    @Query(
            nativeQuery = true,
            value =
                    """
                    SELECT p.id FROM shop.product p
                    WHERE to_tsvector('english', p.name || ' ' || p.description)
                        @@ websearch_to_tsquery('english', :words)
                    ORDER BY
                        ts_rank(
                            to_tsvector('english', p.name || ' ' || p.description),
                            websearch_to_tsquery('english', :words)) DESC,
                        p.id
                    LIMIT :limit
                    """)
    List<String> search(String words, int limit);
}
