package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Decision;
import dev.twofold.DecisionModel;
import dev.twofold.DecisionModel.Facts;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Projection;
import dev.twofold.Query;
import dev.twofold.Tag;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.Race;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A course has a capacity, and a student takes at most three courses: a rule over two things at
/// once (<https://dcb.events/examples/course-subscriptions/>).
class CourseSubscriptionTest {

    // quote: course-subscriptions
    sealed interface CourseEvent {}

    record CourseDefined(String course, int capacity) implements CourseEvent {}

    record CapacityChanged(String course, int capacity) implements CourseEvent {}

    record StudentSubscribed(String student, String course) implements CourseEvent {}

    record Subscribe(String student, String course) {}

    enum Refusal {
        NO_SUCH_COURSE,
        COURSE_FULL,
        TOO_MANY_COURSES,
        SUBSCRIBED_ALREADY
    }

    private static Projection<Integer, CourseEvent> capacity(String course) {
        return Projection.<Integer, CourseEvent>of(0, new Tag("course", course))
                .on(CourseDefined.class, (_, event) -> event.capacity())
                .on(CapacityChanged.class, (_, event) -> event.capacity())
                .cachedAs("capacity");
    }

    private static Projection<Integer, CourseEvent> subscriptions(Tag... tags) {
        return Projection.<Integer, CourseEvent>of(0, tags)
                .on(StudentSubscribed.class, (count, _) -> count + 1)
                .cachedAs("subscriptions");
    }

    private static DecisionModel<CourseEvent, Refusal> subscribe(Subscribe command) {
        Tag student = new Tag("student", command.student());
        Tag course = new Tag("course", command.course());
        var capacity = capacity(command.course());
        var taken = subscriptions(course);
        var courses = subscriptions(student);
        var same = subscriptions(student, course);
        return new DecisionModel<>(
                List.of(capacity, taken, courses, same),
                facts -> {
                    if (facts.of(capacity) == 0) {
                        return Decision.refuse(Refusal.NO_SUCH_COURSE);
                    }
                    if (facts.of(same) > 0) {
                        return Decision.refuse(Refusal.SUBSCRIBED_ALREADY);
                    }
                    if (facts.of(taken) >= facts.of(capacity)) {
                        return Decision.refuse(Refusal.COURSE_FULL);
                    }
                    if (facts.of(courses) >= 3) {
                        return Decision.refuse(Refusal.TOO_MANY_COURSES);
                    }
                    return Decision.accept(
                            new StudentSubscribed(command.student(), command.course()));
                });
    }

    // end quote

    private final EventTypes<CourseEvent> types =
            EventTypes.builder(CourseEvent.class, new JacksonCodec())
                    .event("course-defined", 1, CourseDefined.class)
                    .event("course-capacity-changed", 1, CapacityChanged.class)
                    .event("student-subscribed", 1, StudentSubscribed.class)
                    .tags(CourseSubscriptionTest::tags)
                    .build();
    private final PostgresEventStore store = new PostgresEventStore(Logs.empty().dataSource());
    private final CommandHandler<Subscribe, Facts, Refusal> handler =
            DecisionModel.handler(
                    store, types, CourseSubscriptionTest::subscribe, new ConcurrentHashMap<>());

    private static Set<Tag> tags(CourseEvent event) {
        return switch (event) {
            case CourseDefined(var course, _) -> Set.of(new Tag("course", course));
            case CapacityChanged(var course, _) -> Set.of(new Tag("course", course));
            case StudentSubscribed(var student, var course) ->
                    Set.of(new Tag("student", student), new Tag("course", course));
        };
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void subscribes_a_student_while_there_is_room() {
        Logs.record(store, types, new CourseDefined("art", 2));

        assertThat(subscribe("ann", "art")).isInstanceOf(Accepted.class);
        assertThat(subscribe("bob", "art")).isInstanceOf(Accepted.class);
        assertThat(subscribe("eve", "art")).isEqualTo(new Refused<>(Refusal.COURSE_FULL, 3));
    }

    @Test
    void follows_the_capacity() {
        Logs.record(
                store,
                types,
                new CourseDefined("art", 1),
                new StudentSubscribed("ann", "art"),
                new CapacityChanged("art", 2));

        assertThat(subscribe("bob", "art")).isInstanceOf(Accepted.class);
    }

    @Test
    void refuses_a_course_that_is_not_there() {
        Logs.record(store, types, new CourseDefined("art", 1));

        assertThat(subscribe("ann", "maths")).isEqualTo(new Refused<>(Refusal.NO_SUCH_COURSE, 0));
    }

    @Test
    void refuses_a_fourth_course_and_the_same_course_twice() {
        for (String course : List.of("art", "maths", "law", "music")) {
            Logs.record(store, types, new CourseDefined(course, 10));
        }
        subscribe("ann", "art");
        subscribe("ann", "maths");

        assertThat(subscribe("ann", "art")).isEqualTo(new Refused<>(Refusal.SUBSCRIBED_ALREADY, 6));
        subscribe("ann", "law");
        assertThat(subscribe("ann", "music")).isEqualTo(new Refused<>(Refusal.TOO_MANY_COURSES, 7));
    }

    @Test
    void gives_the_last_places_to_as_many_as_there_are_however_many_come_at_once()
            throws Exception {
        Logs.record(store, types, new CourseDefined("art", 3));

        var outcomes = Race.run(8, i -> subscribe("student " + i, "art"));

        assertThat(outcomes).filteredOn(Accepted.class::isInstance).hasSize(3);
        assertThat(store.read(Query.types("student-subscribed"), 0, 10)).hasSize(3);
    }

    @Test
    void does_not_let_other_courses_and_students_disturb_it() throws Exception {
        for (int i = 0; i < 8; i++) {
            Logs.record(store, types, new CourseDefined("course " + i, 1));
        }

        var outcomes = Race.run(8, i -> subscribe("student " + i, "course " + i));

        assertThat(outcomes).allSatisfy(one -> assertThat(one).isInstanceOf(Accepted.class));
    }

    private CommandOutcome<Facts, Refusal> subscribe(String student, String course) {
        return handler.handle(new Subscribe(student, course), Metadata.none());
    }
}
