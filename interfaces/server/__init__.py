"""The HTTP server: the application with its routes and middleware, run by uvicorn."""
