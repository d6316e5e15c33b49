package cn.onecode

import com.sun.jna.Memory
import com.sun.jna.Pointer
import com.sun.jna.Structure

/**
 * Where Rust writes how a call has ended. Each thread keeps one for each call that is under way,
 * a call from inside a key or store being another one: making a [Structure] for each call costs
 * many times the call itself.
 */
internal class CallStatuses private constructor() {
    private val memory = ArrayList<Memory>()
    private var underWay = 0

    fun take(): Pointer {
        if (underWay == memory.size) {
            memory.add(Memory(SIZE).also { it.clear() })
        }
        return memory[underWay++]
    }

    fun giveBack(status: Pointer) {
        underWay--
        if (hasFailed(status)) {
            status.clear(SIZE)
        }
    }

    companion object {
        private val SIZE = UniffiRustCallStatus().size().toLong()
        private val OF_THREAD = ThreadLocal<CallStatuses>()

        /** Calls Rust, and when it reports a failure, [check]s with the status as JNA has it. */
        inline fun <R> use(check: (UniffiRustCallStatus) -> Unit, call: (Pointer) -> R): R {
            val statuses = ofThread()
            val status = statuses.take()
            try {
                val result = call(status)
                if (hasFailed(status)) {
                    check(read(status))
                }
                return result
            } finally {
                statuses.giveBack(status)
            }
        }

        fun ofThread(): CallStatuses =
            OF_THREAD.get() ?: CallStatuses().also { OF_THREAD.set(it) }

        /** The code is the first byte on every platform; what follows is aligned as it may be. */
        fun hasFailed(status: Pointer) = status.getByte(0) != UNIFFI_CALL_SUCCESS

        fun read(status: Pointer): UniffiRustCallStatus =
            Structure.newInstance(UniffiRustCallStatus::class.java, status).also { it.read() }
    }
}
