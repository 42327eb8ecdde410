import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

/**
 * Asks Apache Kafka's own assignors. A group comes in as lines:
 *
 *   case ASSIGNOR MILLISECONDS
 *   topic NAME ID COUNT RACKS          racks of each partition: a+b,a,b  or -
 *   member ID INSTANCE RACK GENERATION TOPICS OWNED     t1,t2  t1:0+1;t2:3  or -
 *   run
 *
 * and goes out as `time NANOSECONDS`, one line `ID topic:partition …` for each member, and `end`.
 */
public class Assignors {
    record Topic(String name, Uuid id, int count, List<Set<String>> racks) { }

    record Member(String id, Optional<String> instance, Optional<String> rack, int generation,
                  List<String> topics, List<TopicPartition> owned) { }

    static final Map<String, Topic> topics = new LinkedHashMap<>();
    static final List<Member> members = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        String assignor = "";
        long milliseconds = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "case" -> {
                    assignor = words[1];
                    milliseconds = Long.parseLong(words[2]);
                    topics.clear();
                    members.clear();
                }
                case "topic" -> topics.put(words[1], new Topic(words[1], Uuid.fromString(words[2]),
                    Integer.parseInt(words[3]), racks(words[4])));
                case "member" -> members.add(new Member(words[1], option(words[2]), option(words[3]),
                    Integer.parseInt(words[4]), list(words[5], ","), owned(words[6])));
                default -> answer(assignor, milliseconds);
            }
        }
    }

    static Optional<String> option(String word) {
        return word.equals("-") ? Optional.empty() : Optional.of(word);
    }

    static List<String> list(String word, String by) {
        return word.equals("-") ? List.of() : List.of(word.split(by));
    }

    static List<Set<String>> racks(String word) {
        List<Set<String>> racks = new ArrayList<>();
        for (String one : list(word, ","))
            racks.add(new TreeSet<>(list(one, "\\+")));
        return racks;
    }

    static List<TopicPartition> owned(String word) {
        List<TopicPartition> owned = new ArrayList<>();
        for (String topic : list(word, ";")) {
            String[] halves = topic.split(":");
            for (String number : halves[1].split("\\+"))
                owned.add(new TopicPartition(halves[0], Integer.parseInt(number)));
        }
        return owned;
    }

    static void answer(String assignor, long milliseconds) {
        StringBuilder out = new StringBuilder();
        try {
            Supplier<Map<String, List<String>>> ask = assignor.startsWith("server-") ? server(assignor) : client(assignor);
            Map<String, List<String>> answer = ask.get();
            out.append("time ").append(time(ask, milliseconds)).append('\n');
            answer.forEach((id, list) -> out.append(id).append(' ').append(String.join(" ", list)).append('\n'));
        } catch (RuntimeException error) {
            out.append("error ").append(error).append('\n');
        }
        System.out.print(out.append("end\n"));
        System.out.flush();
    }

    /** What the assignor itself takes, in time on a core; it is asked as long before it counts. */
    static long time(Supplier<?> ask, long milliseconds) {
        if (milliseconds == 0)
            return 0;
        var threads = ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + milliseconds * 1_000_000;
        while (System.nanoTime() < end)
            ask.get();
        spent = 0;
        long rounds = 0;
        for (end = System.nanoTime() + milliseconds * 1_000_000; System.nanoTime() < end; rounds++) {
            timing = threads;
            ask.get();
        }
        timing = null;
        return spent / rounds;
    }

    static java.lang.management.ThreadMXBean timing;
    static long spent;

    static <T> T timed(Supplier<T> assign) {
        if (timing == null)
            return assign.get();
        long begin = timing.getCurrentThreadCpuTime();
        T result = assign.get();
        spent += timing.getCurrentThreadCpuTime() - begin;
        return result;
    }

    @SuppressWarnings("removal") // the only way to tell an assignor its generation
    static Supplier<Map<String, List<String>>> client(String name) {
        Map<String, List<PartitionInfo>> partitions = new HashMap<>();
        for (Topic topic : topics.values()) {
            List<PartitionInfo> infos = new ArrayList<>();
            for (int number = 0; number < topic.count; number++) {
                List<Node> nodes = new ArrayList<>();
                if (number < topic.racks.size())
                    for (String rack : topic.racks.get(number))
                        nodes.add(new Node(nodes.size(), "h", 1, rack));
                Node[] replicas = nodes.toArray(new Node[0]);
                infos.add(new PartitionInfo(topic.name, number, null, replicas, replicas));
            }
            partitions.put(topic.name, infos);
        }
        Map<String, Subscription> subscriptions = new HashMap<>();
        for (Member member : members) {
            ConsumerPartitionAssignor own = newClient(name);
            if (member.generation >= 0)
                own.onAssignment(new ConsumerPartitionAssignor.Assignment(member.owned),
                    new ConsumerGroupMetadata("g", member.generation, member.id, member.instance));
            ByteBuffer data = own.subscriptionUserData(new HashSet<>(member.topics));
            Subscription subscription =
                new Subscription(member.topics, data, member.owned, member.generation, member.rack);
            subscription.setGroupInstanceId(member.instance);
            subscriptions.put(member.id, subscription);
        }
        return () -> {
            for (Subscription subscription : subscriptions.values())
                if (subscription.userData() != null)
                    subscription.userData().rewind();
            AbstractPartitionAssignor assignor = newClient(name);
            Map<String, List<TopicPartition>> result = timed(() -> assignor.assignPartitions(partitions, subscriptions));
            Map<String, List<String>> lists = new HashMap<>();
            if (timing == null)
                result.forEach((id, list) -> lists.put(id, list.stream().map(p -> p.topic() + ":" + p.partition()).toList()));
            return lists;
        };
    }

    static AbstractPartitionAssignor newClient(String name) {
        return switch (name) {
            case "range" -> new org.apache.kafka.clients.consumer.RangeAssignor();
            case "roundrobin" -> new RoundRobinAssignor();
            case "sticky" -> new StickyAssignor();
            default -> new CooperativeStickyAssignor();
        };
    }

    static Supplier<Map<String, List<String>>> server(String name) {
        Map<Uuid, Topic> byId = new HashMap<>();
        topics.values().forEach(topic -> byId.put(topic.id, topic));
        Map<String, MemberSubscriptionAndAssignmentImpl> specs = new HashMap<>();
        Map<Uuid, Map<Integer, String>> inverted = new HashMap<>();
        Set<Set<String>> wanted = new HashSet<>();
        for (Member member : members) {
            Set<Uuid> ids = new HashSet<>();
            member.topics.forEach(topic -> ids.add(topics.get(topic).id));
            wanted.add(new HashSet<>(member.topics));
            Map<Uuid, Set<Integer>> target = new HashMap<>();
            for (TopicPartition partition : member.owned) {
                Uuid id = topics.get(partition.topic()).id;
                target.computeIfAbsent(id, x -> new HashSet<>()).add(partition.partition());
                inverted.computeIfAbsent(id, x -> new HashMap<>()).put(partition.partition(), member.id);
            }
            specs.put(member.id, new MemberSubscriptionAndAssignmentImpl(
                member.rack, member.instance, ids, new Assignment(target)));
        }
        SubscriptionType type = wanted.size() > 1 ? SubscriptionType.HETEROGENEOUS : SubscriptionType.HOMOGENEOUS;
        SubscribedTopicDescriber describer = new SubscribedTopicDescriber() {
            @Override
            public int numPartitions(Uuid id) {
                return byId.get(id).count;
            }

            @Override
            public Set<String> racksForPartition(Uuid id, int partition) {
                return Set.of();
            }
        };
        GroupSpecImpl spec = new GroupSpecImpl(specs, type, inverted);
        ConsumerGroupPartitionAssignor assignor =
            name.equals("server-range") ? new RangeAssignor() : new UniformAssignor();
        return () -> {
            Map<String, MemberAssignment> result = timed(() -> assignor.assign(spec, describer).members());
            Map<String, List<String>> lists = new HashMap<>();
            if (timing == null)
                result.forEach((id, assignment) -> lists.put(id, sorted(assignment, byId)));
            return lists;
        };
    }

    static List<String> sorted(MemberAssignment assignment, Map<Uuid, Topic> byId) {
        Map<String, Set<Integer>> names = new TreeMap<>();
        assignment.partitions().forEach((id, numbers) -> names.put(byId.get(id).name, new TreeSet<>(numbers)));
        List<String> list = new ArrayList<>();
        names.forEach((name, numbers) -> numbers.forEach(number -> list.add(name + ":" + number)));
        return list;
    }
}
