"""Where the rooms meet: pull, resolve, plan, push, schedules, webhooks. Room: flows."""
