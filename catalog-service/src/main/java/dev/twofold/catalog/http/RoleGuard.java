package dev.twofold.catalog.http;

import dev.twofold.catalog.Role;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/// Sends on, to nodes of another role, requests that are not for this one.
///
/// Feeds are for those that take commands, from first to last; what operators do to projections is
/// for those that keep them.
public final class RoleGuard extends OncePerRequestFilter {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private static final List<String> OPERATIONS = List.of("/projections", "/webhooks");

    private final Role role;

    RoleGuard(Role role) {
        this.role = role;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        String path = request.getServletPath();
        return role == Role.ALL || path.equals("/") || path.startsWith("/actuator");
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        boolean command = isForCommands(request.getMethod(), request.getServletPath());
        if (command ? role.takesCommands() : role.answersQueries()) {
            chain.doFilter(request, response);
        } else {
            ProblemWriter.write(elsewhere(command), response);
        }
    }

    /// Whether a request is for nodes that take commands; else for those that answer queries.
    public static boolean isForCommands(String method, String path) {
        return isFeed(path)
                || (OPERATIONS.stream().noneMatch(root -> isBelow(path, root))
                        && !SAFE.contains(method));
    }

    /// Whether a request is for a feed, whose progress the node knows that took it.
    public static boolean isFeed(String path) {
        return isBelow(path, "/feeds");
    }

    private static boolean isBelow(String path, String root) {
        return path.equals(root) || path.startsWith(root + "/");
    }

    private Problem elsewhere(boolean command) {
        return Problem.of(
                        HttpStatus.MISDIRECTED_REQUEST,
                        "other-role",
                        "this node has the role %s and %s; ask one with the role %s or all"
                                .formatted(
                                        role,
                                        command ? "takes no commands" : "answers no queries",
                                        command ? Role.COMMAND : Role.QUERY))
                .with("role", role.toString());
    }
}
