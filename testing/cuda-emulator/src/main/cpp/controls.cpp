// What dev.rootmean.emulator.DriverLibrary calls. Tables cross as text: a line a row, tabs between.
#include <jni.h>

#include <sstream>

#include "driver.h"

using namespace emulator;

namespace {

using Lock = std::lock_guard<std::mutex>;

JavaVM *java = nullptr;  // known once a test has injected something

std::string stringOf(JNIEnv *env, jstring text) {
    const char *characters = env->GetStringUTFChars(text, nullptr);
    const std::string copy(characters);
    env->ReleaseStringUTFChars(text, characters);
    return copy;
}

jlongArray arrayOf(JNIEnv *env, const ObjectCounts &counts) {
    const jlong values[] = {
        static_cast<jlong>(counts.allocations), static_cast<jlong>(counts.bytes),
        static_cast<jlong>(counts.pinned),      static_cast<jlong>(counts.streams),
        static_cast<jlong>(counts.events),      static_cast<jlong>(counts.modules),
        static_cast<jlong>(counts.contexts),
    };
    const jsize size = sizeof values / sizeof *values;
    jlongArray array = env->NewLongArray(size);
    env->SetLongArrayRegion(array, 0, size, values);
    return array;
}

}  // namespace

void emulator::throwInJava() {
    JNIEnv *env = nullptr;
    if (java->GetEnv(reinterpret_cast<void **>(&env), JNI_VERSION_1_8) == JNI_OK) {
        env->ThrowNew(env->FindClass("java/lang/OutOfMemoryError"), "planted in a driver call");
    }
}

#define CONTROL(type, name) \
    extern "C" JNIEXPORT type JNICALL Java_dev_rootmean_emulator_DriverLibrary_##name

CONTROL(void, reset)(JNIEnv *, jclass) {
    const Lock guard(driverLock());
    resetDriver();
}

CONTROL(jboolean, set)(JNIEnv *env, jclass, jstring option, jlong value) {
    const Lock guard(driverLock());
    return driver().options.set(stringOf(env, option), value);
}

CONTROL(jboolean, inject)(JNIEnv *env, jclass, jstring function, jlong nth, jint code,
                                jboolean onwards) {
    const Lock guard(driverLock());
    const std::string name = stringOf(env, function);
    if (!CallLog::isKnown(name)) return false;
    env->GetJavaVM(&java);
    driver().calls.inject(name, nth, code, onwards);
    return true;
}

CONTROL(jboolean, hold)(JNIEnv *env, jclass, jstring function) {
    const Lock guard(driverLock());
    const std::string name = stringOf(env, function);
    if (!CallLog::isKnown(name)) return false;
    driver().held = withoutVersion(name);
    return true;
}

CONTROL(jboolean, awaitHeld)(JNIEnv *, jclass) {
    std::unique_lock<std::mutex> guard(driverLock());
    return gate().wait_for(guard, std::chrono::minutes(1), [] { return driver().isHeld; });
}

CONTROL(jboolean, release)(JNIEnv *, jclass) {
    const Lock guard(driverLock());
    const bool wasHeld = driver().isHeld;
    driver().held.clear();
    gate().notify_all();
    return wasHeld;
}

CONTROL(jlong, calls)(JNIEnv *env, jclass, jstring function) {
    const Lock guard(driverLock());
    const std::string name = stringOf(env, function);
    return CallLog::isKnown(name) ? driver().calls.count(name) : -1;
}

CONTROL(jlongArray, liveObjects)(JNIEnv *env, jclass) {
    const Lock guard(driverLock());
    ObjectCounts counts;
    for (const auto &[handle, context] : driver().contexts) {
        counts.add(*context);
        counts.contexts += context->retained;
    }
    return arrayOf(env, counts);
}

CONTROL(jlongArray, abandonedObjects)(JNIEnv *env, jclass) {
    const Lock guard(driverLock());
    return arrayOf(env, driver().abandoned);
}

CONTROL(jstring, launches)(JNIEnv *env, jclass) {
    const Lock guard(driverLock());
    std::ostringstream rows;
    for (const LaunchStatistics &launch : driver().launches) {
        rows << launch.kernel << '\t' << launch.grid.count() << '\t' << launch.block.count() << '\t'
             << launch.threadInstructions << '\t' << launch.bytesLoaded << '\t'
             << launch.bytesStored << '\t' << launch.sectorsLoaded << '\t' << launch.sectorsStored
             << '\t' << launch.accesses1 << '\t' << launch.accesses2 << '\t' << launch.accesses4
             << '\t' << launch.accesses8 << '\t' << launch.accesses16 << '\n';
    }
    return env->NewStringUTF(rows.str().c_str());
}

CONTROL(jstring, coverage)(JNIEnv *env, jclass) {
    const Lock guard(driverLock());
    std::ostringstream rows;
    for (const auto &[text, program] : driver().programs) {
        for (const auto &[name, kernel] : program->kernels) {
            for (const Instruction &instruction : kernel.code) {
                rows << name << '\t' << instruction.line << '\t' << instruction.executions << '\t'
                     << program->lines[instruction.line - 1] << '\n';
            }
        }
    }
    return env->NewStringUTF(rows.str().c_str());
}

CONTROL(jstring, lastFault)(JNIEnv *env, jclass) {
    const Lock guard(driverLock());
    return env->NewStringUTF(driver().lastFault.c_str());
}
