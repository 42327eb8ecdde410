//! The sentences of a producer's whys.

use crate::view::Text;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(super) const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    Q_SENT = "Why was this batch sent {} % full?", "为什么这个批次在 {} % 满时就发送？";
    S_RETRY = "It had been sent before: a batch that was put back is ready as soon as its backoff is over.", "它以前发送过：放回队列的批次，退避 backoff 一过就可再发。";
    S_FULL = "No more records fit into batch.size: it is full, and waits no longer.", "batch.size 内放不下更多记录：批次已满，不再等待。";
    S_FOLLOWED = "Another batch of its partition stood behind it: it takes no more records, so there is nothing to wait for.", "同一分区后面已有另一个批次：它不再接收记录，没有等待的必要。";
    S_LINGERED = "linger.ms was over before batch.size was reached: whichever comes first.", "linger.ms 先到，batch.size 未满：谁先到谁触发。";
    S_EXHAUSTED = "A thread waited for buffer.memory: then every batch is ready at once, however full.", "有线程在等待 buffer.memory：此时所有批次无论多满都立即可发。";
    S_FLUSHED = "flush() was called: every batch is ready at once.", "调用了 flush()：所有批次立即可发。";
    S_CLOSED = "The producer closes: every batch is ready at once.", "producer 正在关闭：所有批次立即可发。";
    S_BROKER = "Another partition that the same broker leads was ready. One visit to a broker takes the first batch of every partition there, up to max.request.size.", "同一 broker 领导的另一个分区已就绪。Sender 访问一次 broker，就取走那里每个分区的第一个批次，上限 max.request.size。";
    S_BROKER_OF = "{} was ready, and the same broker leads it. One visit to a broker takes the first batch of every partition there, up to max.request.size.", "{} 已就绪，且由同一 broker 领导。Sender 访问一次 broker，就取走那里每个分区的第一个批次，上限 max.request.size。";
    G_FULL = "batch.size reached", "达到 batch.size";
    G_FOLLOWED = "a batch behind it", "后面还有批次";
    G_LINGER = "linger.ms over", "linger.ms 已过";
    G_MEMORY = "buffer.memory exhausted", "buffer.memory 用尽";
    G_FLUSH = "flush(), close()", "flush()、close()";
    G_BROKER = "its broker was ready", "它的 broker 已就绪";
    G_BACKOFF = "backoff over", "退避 backoff 已过";

    Q_AGAIN = "Why was it sent again?", "为什么再次发送？";
    Q_AGAIN_SOON = "Why will it be sent again?", "为什么将再次发送？";
    S_ANSWERED = "The broker answered {}. The batch went back into its queue for retry {}, after a backoff of {} ms.", "broker 回答 {}。批次放回队列，等待第 {} 次重试，退避 {} ms。";
    S_NO_ANSWER = "No answer came within request.timeout.ms = {}: the client closed the connection and put the batch back for retry {}, after a backoff of {} ms.", "request.timeout.ms = {} 内没有回答：客户端关闭连接，放回批次，等待第 {} 次重试，退避 {} ms。";
    S_BROKEN = "The connection broke before the answer came: nobody knows whether the broker wrote it. It went back for retry {}, after a backoff of {} ms.", "回答到达前连接断开：无人知道 broker 是否已写入。批次放回，等待第 {} 次重试，退避 {} ms。";
    G_RETRIABLE = "the error may go away", "错误可重试 retriable";
    G_RETRIES = "retries left", "还有重试次数";
    G_AGE = "younger than delivery.timeout.ms", "未超过 delivery.timeout.ms";
    G_REPEAT = "its sequence betrays a repeat", "sequence 可识别重复";

    Q_EXPIRED = "Why did it expire?", "为什么过期？";
    S_EXPIRED_FLYING = "delivery.timeout.ms covers queue, flight and every retry together. {} ms after it was created it was still without an answer.", "delivery.timeout.ms 涵盖排队、在途和所有重试。创建 {} ms 后仍没有回答。";
    S_EXPIRED_QUEUED = "delivery.timeout.ms covers queue, flight and every retry together. {} ms after it was created it still stood in the queue.", "delivery.timeout.ms 涵盖排队、在途和所有重试。创建 {} ms 后仍在队列中。";
    G_SENT = "it was sent", "已发送";
    G_LEADER = "its leader is known", "leader 已知";
    G_LEADER_READY = "a request can be sent to it", "可向其发送请求";

    Q_FAILED = "Why did it fail?", "为什么失败？";
    S_NO_RETRIES = "{}, and retries = {} are used up.", "{}，且 retries = {} 已用完。";
    S_NOT_RETRIABLE = "{} does not go away by itself: the callback gets it without a retry.", "{} 不会自行消失：不重试，直接交给回调 callback。";
    S_TOO_LARGE = "The record is larger than a request or all memory may be: send() refuses it at once.", "记录大于请求上限或全部内存：send() 立即拒绝。";
    S_BAD_TOPIC = "This is not a name that a topic can have: send() refuses it at once.", "这不是合法的主题名：send() 立即拒绝。";
    S_GAVE_UP_METADATA = "max.block.ms was over and the topic or the partition was still not in the metadata.", "max.block.ms 已过，主题或分区仍不在元数据中。";
    S_GAVE_UP_MEMORY = "max.block.ms was over and buffer.memory was still used up.", "max.block.ms 已过，buffer.memory 仍用尽。";

    Q_BLOCKS = "Why does send() block?", "为什么 send() 阻塞？";
    S_MEMORY = "A new batch takes {} B of buffer.memory at once, and {} are free: {} stand in queues, {} are in flight. send() waits until a batch has its fate and gives its memory back.", "新批次要一次取 {} 字节 buffer.memory，只剩 {}：队列占 {}，在途占 {}。send() 等到有批次了结、归还内存。";
    S_METADATA = "send() must know the partitions of {} before it can choose one, and the metadata does not name it.", "send() 要先知道 {} 的分区才能选择，而元数据中没有它。";
    S_PARTITION = "The record asks for a partition that {} does not have.", "记录指定的分区在 {} 中不存在。";
    S_FLUSH = "flush() returns when every batch that was there when it was called has its fate.", "flush() 要等调用时已有的所有批次了结后才返回。";
    S_CLOSE = "close() waits until everything is sent and answered; then the client starts anew with its new config.", "close() 等全部发送并得到回答；然后客户端以新配置重新启动。";
    Q_WOULD_BLOCK = "Would send() block now?", "现在 send() 会阻塞吗？";
    S_WOULD = "Only a record that needs a new batch: it takes {} B at once, and {} are free.", "只有需要新批次的记录会：它一次要 {} 字节，只剩 {}。";
    S_WOULD_NOT = "No: a new batch takes {} B at once, and {} are free.", "不会：新批次一次要 {} 字节，还有 {} 可用。";
    G_FREE = "enough memory is free", "空闲内存足够";
    G_BLOCK = "max.block.ms not over", "max.block.ms 未过";
    G_IN_METADATA = "the topic is in the metadata", "主题在元数据中";
    G_HAS_PARTITION = "it has that partition", "有该分区";
    G_ALL_DONE = "every batch has its fate", "所有批次已了结";
    G_HEAD = "{}: its first batch may leave", "{}：队首批次可离开";

    Q_PARTITION = "Why partition {}?", "为什么是分区 {}？";
    Q_PARTITION_SOON = "Which partition will it be?", "会是哪个分区？";
    S_EXPLICIT = "The application named it in the ProducerRecord: neither key nor partitioner is asked.", "应用在 ProducerRecord 中指定了它：不看 key，也不问分区器 partitioner。";
    S_KEY = "The key decides: murmur2(key) & 0x7fffffff, modulo {} {partition|partitions}. The same key goes there as long as their number stays.", "由 key 决定：murmur2(key) & 0x7fffffff 对 {} 个分区取模。分区数不变，同一 key 就去同一分区。";
    S_STICKY = "No key: records stay with the sticky partition until batch.size bytes went there, then the next one is drawn.", "没有 key：记录跟随粘性分区 sticky partition，写满 batch.size 字节后再抽下一个。";
    S_IGNORED = "partitioner.ignore.keys: the key does not count, and the sticky partition is taken.", "partitioner.ignore.keys：不看 key，取粘性分区 sticky partition。";
    G_EXPLICIT = "the record names a partition", "记录指定了分区";
    G_HAS_KEY = "it has a key that counts", "有起作用的 key";
    G_STICKY = "sticky partition {}, bytes so far", "粘性分区 {}，已写字节";

    Q_STANDS = "What does the first batch of {} wait for?", "{} 的队首批次在等什么？";
    Q_EMPTY = "Why is the queue of {} empty?", "{} 的队列为何为空？";
    S_EMPTY = "Every batch of it has left. The next record opens a new one.", "所有批次都已离开。下一条记录会打开新批次。";
    S_NO_LEADER = "Nobody leads this partition as far as the client knows: it asks for new metadata.", "据客户端所知该分区没有 leader：它会请求新的元数据。";
    S_MUTED = "max.in.flight.requests.per.connection = 1: its partition is muted until the batch in flight is answered, so that nothing overtakes.", "max.in.flight.requests.per.connection = 1：在途批次得到回答前，该分区静默 muted，以防乱序。";
    S_BACKS_OFF = "It was put back after {} and waits {} ms more before the retry.", "因 {} 被放回，重试前还要等 {} ms。";
    S_LINGERS = "It is not full and has not waited long enough: it leaves in {} ms, or earlier when it is full.", "未满且等待不够久：{} ms 后离开，若先满则更早。";
    S_NO_ID = "An idempotent producer sends nothing before it has its producer id: InitProducerId is not answered yet.", "幂等 producer 在得到 producer id 前不发送：InitProducerId 尚未回答。";
    S_CONNECTING = "It is ready, but the connection to broker {} is still being made.", "它已就绪，但到 broker {} 的连接还在建立。";
    S_NOT_CONNECTED = "It is ready, but there is no connection to broker {}: the next try comes in {} ms.", "它已就绪，但没有到 broker {} 的连接：{} ms 后再试。";
    S_SLOTS_FULL = "It is ready, but {} requests to broker {} are without an answer, and no more are allowed.", "它已就绪，但已有 {} 个发往 broker {} 的请求未得到回答，不允许更多。";
    S_HELD_BACK = "An earlier batch of its partition must be answered first: the sequences of an idempotent producer stay in order.", "同一分区更早的批次要先得到回答：幂等 producer 的 sequence 必须有序。";
    S_READY = "Nothing: it leaves in the Sender's next round.", "什么都不等：Sender 下一轮就取走它。";
    S_BEHIND = "{} {batch of its partition stands|batches of its partition stand} before it: they leave in order.", "同一分区前面还有 {} 个批次：按顺序离开。";
    Q_HERE = "Why is this batch still here?", "为什么这个批次还在这里？";
    G_NOT_MUTED = "its partition is not muted", "分区未静默 muted";
    G_LINGER_OR_FULL = "full, or linger.ms over", "已满，或 linger.ms 已过";
    G_ID = "the producer has an id", "已有 producer id";
    G_ORDER = "it is the first in line", "它排在最前";
    G_CONNECTED = "connected to broker {}", "已连接 broker {}";
    G_SLOT = "a slot is free", "有空闲的在途槽位";

    Q_ANSWER = "What does it wait for?", "它在等什么？";
    S_ACKS_ALL = "acks=all: broker {} answers when every in-sync replica has it.", "acks=all：所有同步副本都有后，broker {} 才回答。";
    S_ACKS_ONE = "acks=1: broker {} answers when it has written it itself.", "acks=1：broker {} 自己写入后就回答。";
    G_REQUEST = "request.timeout.ms not over", "request.timeout.ms 未过";

    Q_BROKER = "Why does nothing more go to broker {}?", "为什么不再向 broker {} 发送？";
    Q_BROKER_OPEN = "May more be sent to broker {}?", "还能向 broker {} 发送吗？";
    S_BROKER_FULL = "max.in.flight.requests.per.connection = {} requests are without an answer. The next one goes when the oldest is answered.", "已有 max.in.flight.requests.per.connection = {} 个请求未得到回答。最早的得到回答后才发下一个。";
    S_BROKER_OPEN = "Yes: {} of {} requests are without an answer.", "可以：{} / {} 个请求未得到回答。";
    S_BROKER_CONNECTING = "The connection is still being made.", "连接还在建立。";
    S_BROKER_GONE = "There is no connection; the client makes one when it has something to send, in {} ms at the earliest.", "没有连接；有东西要发时客户端才会建立，最早 {} ms 后。";
}
