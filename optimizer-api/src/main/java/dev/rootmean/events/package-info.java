/** What a flight recording is told. Nothing of it is public: docs/observability.md lists it. */
package dev.rootmean.events;
