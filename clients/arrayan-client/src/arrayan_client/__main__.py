"""`python -m arrayan_client` is the command `arrayan-client`."""

from arrayan_client.cli.main import main

if __name__ == "__main__":
    main()
